"""CodeDeploy for Lambda: deployments that really shift an alias, and really roll it back."""
