"""Every address of the product: sign-in, the desk, the API."""

from django.contrib.auth import views as auth
from django.urls import include, path

from creditdesk.faces.desk.pages.signin import SignIn

urlpatterns = [
    path("login/", SignIn.as_view(), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("api/v1/", include("creditdesk.faces.api.urls")),
    path("", include("creditdesk.faces.desk.urls")),
]
