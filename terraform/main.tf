data "aws_caller_identity" "current" {}

resource "aws_iam_role" "router" {
  name = local.function.FunctionName

  assume_role_policy = jsonencode(local.resources.Role.Properties.AssumeRolePolicyDocument)
}

resource "aws_iam_role_policy" "router" {
  name = "origin-router"
  role = aws_iam_role.router.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid    = "Log"
        Effect = "Allow"
        Action = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
        # In every Region: a replica writes where it runs.
        Resource = [
          for suffix in ["", ":*"] :
          "arn:aws:logs:*:${data.aws_caller_identity.current.account_id}:log-group:${local.function.LoggingConfig.LogGroup}${suffix}"
        ]
      }],
      var.control_bucket == "" ? [] : [{
        Sid      = "ControlDocument"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["arn:aws:s3:::${var.control_bucket}/${var.control_key}"]
      }],
    )
  })
}

resource "aws_cloudwatch_log_group" "router" {
  for_each = var.log_regions

  region            = each.value
  name              = local.function.LoggingConfig.LogGroup
  retention_in_days = var.log_retention_days
}

resource "aws_lambda_function" "router" {
  region = "us-east-1" # CloudFront takes functions from there only

  function_name    = local.function.FunctionName
  description      = local.function.Description
  role             = aws_iam_role.router.arn
  runtime          = local.function.Runtime
  handler          = local.function.Handler
  architectures    = local.function.Architectures
  memory_size      = local.function.MemorySize
  timeout          = local.function.Timeout
  filename         = var.zip
  source_code_hash = filebase64sha256(var.zip)
  publish          = true # CloudFront takes numbered versions only

  # CloudFront needs hours to give up its replicas, and until then the function cannot be deleted.
  skip_destroy = true

  logging_config {
    log_format            = local.function.LoggingConfig.LogFormat
    application_log_level = local.function.LoggingConfig.ApplicationLogLevel
    system_log_level      = local.function.LoggingConfig.SystemLogLevel
    log_group             = local.function.LoggingConfig.LogGroup
  }

  lifecycle {
    precondition {
      condition     = local.is_matching
      error_message = "The zip and the template are not of the same `origin-router synth --zip`: run it again."
    }
  }

  depends_on = [aws_iam_role_policy.router, aws_cloudwatch_log_group.router]
}
