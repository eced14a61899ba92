"""The only room that changes a database's shape: state, lock, apply, verify, drift, retire, restore, backup."""
