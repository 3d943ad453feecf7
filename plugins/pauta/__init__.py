"""Every class that knows Airflow; imported as `pauta`, never executed as a plugin file."""
