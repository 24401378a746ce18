# Rapport in a container: built in one stage, run in another that has neither the sources nor a compiler, as an ordinary user.
FROM python:3.13-slim AS build
WORKDIR /src
COPY .ci/constraints.txt constraints.txt
COPY pyproject.toml README.md ./
COPY bot bot
COPY flows flows
COPY locales locales
COPY storage storage
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --constraint constraints.txt .

FROM python:3.13-slim
RUN useradd --uid 10001 --create-home --home-dir /data rapport
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 RAPPORT_HOST=0.0.0.0 RAPPORT_PORT=8080
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"RAPPORT_PORT\"]}/health', timeout=4)"]
ENTRYPOINT ["rapport"]
CMD ["run"]
