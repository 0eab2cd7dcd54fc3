variable "zip" {
  description = "The zip that `origin-router synth --zip FILE` wrote."
  type        = string
}

variable "template" {
  description = "What `origin-router synth` printed together with that zip, as JSON. The module takes names, settings and placeholders from there."
  type        = string
}

variable "log_retention_days" {
  description = "How long logs are kept, in every Region."
  type        = number
  default     = 30
}

variable "log_regions" {
  description = "Regions whose log group is made here, so that its retention is set. In others the function makes it, and it is kept for ever."
  type        = set(string)
  default = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
  ]
}

variable "control_bucket" {
  description = "[control] bucket of the configuration, which the function may read; empty: none."
  type        = string
  default     = ""
}

variable "control_key" {
  description = "[control] key of the configuration."
  type        = string
  default     = "control.json"
}
