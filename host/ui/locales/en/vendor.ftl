# Providers and reviewers
