"""Everything that speaks to AWS. Nothing else imports boto3."""
