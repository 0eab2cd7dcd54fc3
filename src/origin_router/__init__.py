"""CloudFront Origin Router: every cache miss goes to the fastest healthy origin."""
