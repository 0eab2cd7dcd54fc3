output "qualified_arn" {
  description = "The version for lambda_function_association."
  value       = aws_lambda_function.router.qualified_arn
}

output "event_types" {
  description = "The triggers that it is attached to."
  value       = local.event_types
}

output "target_origin_id" {
  description = "The origin or origin group that the behavior names."
  value       = local.target_origin_id
}

output "origins" {
  description = "The placeholders, for `origin` blocks of the distribution."
  value       = local.origins
}

output "origin_groups" {
  description = "Their group, for `origin_group` blocks; empty without failover."
  value       = local.origin_groups
}
