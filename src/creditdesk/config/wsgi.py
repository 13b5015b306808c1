"""The entry of the web server."""

import os

from django.core.wsgi import get_wsgi_application

from creditdesk.plumbing.logs import lines

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creditdesk.config.settings")
application = get_wsgi_application()
lines.catch_all()
