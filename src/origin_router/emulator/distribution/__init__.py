"""A CloudFront distribution as the local edge understands it: read from AWS's JSON into frozen types."""
