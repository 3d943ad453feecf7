"""The pipeline's own logic; nothing here knows Airflow."""
