"""Who may do what: policy documents, and decisions that can say why."""
