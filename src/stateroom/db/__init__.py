"""The way to PostgreSQL: the embedded server, logins and roles, migrations, objects, pools."""
