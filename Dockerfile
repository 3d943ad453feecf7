# Two images: `cpu` for everything that is not a model, `gpu` for the worker of the queue "gpu".
# The code is baked in: what runs is what was built, and a restart needs no network.
FROM python:3.11-slim-bookworm AS cpu
RUN apt-get update \
 && apt-get install --yes --no-install-recommends dumb-init libpq5 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 50000 --create-home --home-dir /opt/airflow airflow \
 && install -d -o airflow -g airflow /var/lib/pauta /opt/pauta
WORKDIR /opt/pauta
COPY requirements/uv.txt requirements/core.txt requirements/
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r requirements/uv.txt \
 && VIRTUAL_ENV=/opt/venv /opt/venv/bin/uv pip install --no-cache --no-deps --require-hashes -r requirements/core.txt
ENV PATH=/opt/venv/bin:$PATH \
    AIRFLOW_HOME=/opt/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/pauta/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/pauta/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    GX_ANALYTICS_ENABLED=false \
    HF_HUB_OFFLINE=1 \
    HF_HUB_DISABLE_TELEMETRY=1 \
    PYTHONUNBUFFERED=1
COPY --chown=airflow . .
RUN VIRTUAL_ENV=/opt/venv uv pip install --no-cache --no-deps --no-build-isolation -e .
USER airflow
ENTRYPOINT ["dumb-init", "--"]
CMD ["airflow", "version"]

FROM cpu AS gpu
USER root
RUN pip install --no-cache-dir torch==2.13.0 \
 && VIRTUAL_ENV=/opt/venv uv pip install --no-cache --no-deps --require-hashes -r requirements/all.txt
ENV DIFFUSERS_DISABLE_REMOTE_CODE=1 \
    HF_HOME=/var/lib/pauta/models \
    TORCHINDUCTOR_CACHE_DIR=/var/lib/pauta/inductor
USER airflow
