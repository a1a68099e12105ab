"""The record of backups, of archived partitions and of the upkeep that looks after them."""
