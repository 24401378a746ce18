"""The web server: webhooks, health, figures, and the demo. Starlette and Jinja2, no build step."""
