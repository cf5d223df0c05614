"""Custom key stores: KMS keys whose material is not in KMS, but in your own cluster or outside of AWS."""
