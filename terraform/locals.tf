# Everything that follows from the template: no provider is needed for it.

locals {
  document  = jsondecode(file(var.template))
  resources = local.document.Resources
  function  = local.resources.Function.Properties
  snippets  = local.document.Metadata.OriginRouter

  # The one resource whose name carries a hash.
  version = one([for each in values(local.resources) : each.Properties if each.Type == "AWS::Lambda::Version"])

  is_matching = local.version.CodeSha256 == filebase64sha256(var.zip)

  origins = [
    for each in local.snippets.DistributionConfig.Origins : {
      origin_id           = each.Id
      domain_name         = each.DomainName
      origin_path         = try(each.OriginPath, "")
      connection_attempts = each.ConnectionAttempts
      connection_timeout  = each.ConnectionTimeout
      custom_headers      = { for header in each.OriginCustomHeaders : header.HeaderName => header.HeaderValue }
      custom_origin_config = {
        http_port                = each.CustomOriginConfig.HTTPPort
        https_port               = each.CustomOriginConfig.HTTPSPort
        origin_protocol_policy   = each.CustomOriginConfig.OriginProtocolPolicy
        origin_ssl_protocols     = each.CustomOriginConfig.OriginSSLProtocols
        origin_read_timeout      = each.CustomOriginConfig.OriginReadTimeout
        origin_keepalive_timeout = each.CustomOriginConfig.OriginKeepaliveTimeout
      }
    }
  ]

  origin_groups = [
    for each in try(local.snippets.DistributionConfig.OriginGroups.Items, []) : {
      origin_id    = each.Id
      status_codes = each.FailoverCriteria.StatusCodes.Items
      members      = [for member in each.Members.Items : member.OriginId]
    }
  ]

  target_origin_id = local.snippets.CacheBehavior.TargetOriginId
  event_types      = [for each in local.snippets.CacheBehavior.LambdaFunctionAssociations : each.EventType]
}
