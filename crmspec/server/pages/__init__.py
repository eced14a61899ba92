"""The pages, one file a family: requests in, view models out."""
