"""Who there is: users, groups, roles, their policies, and the credentials by which they are known."""
