"""Every address of the product: sign-in, the desk, the API."""

from django.contrib.auth import views as auth
from django.urls import include, path

urlpatterns = [
    path("login/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("api/v1/", include("creditdesk.faces.api.urls")),
    path("", include("creditdesk.faces.desk.urls")),
]
