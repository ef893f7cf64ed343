# The image that web, worker, beat and migrate of docker-compose.yml share.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv/hotline

# Chinese characters for the pictures and files of bulletins.
RUN apt-get update && apt-get install -y --no-install-recommends fonts-noto-cjk && rm -rf /var/lib/apt/lists/*

COPY requirements.txt .
RUN pip install --no-cache-dir --disable-pip-version-check -r requirements.txt

COPY . .
RUN python -m compileall -q api hotline routing search sla chinese wsgi.py \
    && useradd --system --uid 10001 --home-dir /var/lib/hotline --create-home hotline

USER hotline
VOLUME /var/lib/hotline
EXPOSE 8000
