-- The application database (picks, sets shown, roles) lives beside Airflow's, not in it.
CREATE DATABASE pauta;
