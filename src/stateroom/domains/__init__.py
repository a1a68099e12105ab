"""What people and programs work with, one folder each: schema, service, routes."""
