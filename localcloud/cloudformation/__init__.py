"""CloudFormation's resource types of the services that MiniStack lacks."""
