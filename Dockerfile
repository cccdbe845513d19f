# The bot for a real workspace. Build: docker build -t readiness-bot .   Run: see docs/operating.md
FROM python:3.11-slim

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /app
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY bot bot
COPY integrations integrations
RUN pip install --quiet -c constraints.txt . \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin readiness \
    && install -d -m 700 -o readiness -g readiness /data

# Everything that is written goes to /data: the rest may be mounted read-only.
ENV READINESS_DATA=/data READINESS_WORKSPACE=/workspace READINESS_HOST=0.0.0.0 READINESS_PORT=3000
VOLUME /data
USER readiness
WORKDIR /data
EXPOSE 3000
CMD ["readiness-bot", "serve"]
