"""The weekly digest: what was published, in three languages, ready to post."""
