"""Every class that knows Airflow. Imported as `pauta`, never executed by Airflow's plugin loader."""
