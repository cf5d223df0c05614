"""Identities: users, groups, roles, managed policies, and the credentials that stand for them."""
