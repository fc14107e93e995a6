# Looking after a factory
