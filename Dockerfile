# The gateway, without the embedded model and without voices: docs/docker.md tells how to run it.
#
# Nothing but the package index is needed besides the base image. `make image` runs these steps in
# a plain folder where there is no Docker, and weighs what they install.

ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
ARG EXTRAS=telegram,openai,anthropic,mcp,gateway,postgres,watch
WORKDIR /build
COPY pyproject.toml README.md CHANGELOG.md LICENSE ./
COPY src ./src
# pip installs from outside, so that none stays inside. Modules are compiled: the user of the image
# cannot write where they are.
RUN python -m venv --without-pip /opt/tickertape \
 && python -m pip --python /opt/tickertape/bin/python install --no-cache-dir --compile ".[${EXTRAS}]"
COPY docker/healthcheck.py /opt/tickertape/bin/healthcheck.py
RUN mkdir /build/data

FROM python:${PYTHON}-slim
COPY --from=build /opt/tickertape /opt/tickertape
# A volume that is mounted here belongs to the user of the image, as this folder does.
COPY --from=build --chown=10001:10001 /build/data /data
ENV PATH=/opt/tickertape/bin:$PATH \
    HOME=/data \
    PYTHONUNBUFFERED=1 \
    TICKERTAPE_CONFIG=/etc/tickertape/tickertape.yaml
WORKDIR /data
USER 10001:10001
# What docker/healthcheck.py asks is served where `http.listen` of the configuration says.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "/opt/tickertape/bin/healthcheck.py"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["tickertape"]
CMD ["serve"]
