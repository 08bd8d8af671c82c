"""Where it runs: AWS CDK, one module a stage."""
