"""What the sandbox platforms accept as proof of who is asking.

These are not secrets: they open nothing but the synthetic world on this machine.
"""

META_TOKEN = "EAAsandboxMetaToken"  # noqa: S105

GOOGLE_CLIENT_ID = "sandbox-client.apps.googleusercontent.com"
GOOGLE_CLIENT_SECRET = "GOCSPX-sandbox-secret"  # noqa: S105
GOOGLE_REFRESH_TOKEN = "1//sandbox-refresh-token"  # noqa: S105
GOOGLE_ACCESS_TOKEN = "ya29.sandbox-access-token"  # noqa: S105

X_CONSUMER_KEY = "sandboxXConsumerKey"
X_CONSUMER_SECRET = "sandboxXConsumerSecret"  # noqa: S105
X_ACCESS_TOKEN = "900000001-sandboxXAccessToken"  # noqa: S105
X_ACCESS_TOKEN_SECRET = "sandboxXAccessTokenSecret"  # noqa: S105

LINKEDIN_TOKEN = "AQVsandboxLinkedInToken"  # noqa: S105
LINKEDIN_REFRESH_TOKEN = "AQWsandboxLinkedInRefreshToken"  # noqa: S105
LINKEDIN_CLIENT_ID = "86sandboxlinkedin"
LINKEDIN_CLIENT_SECRET = "WPLsandboxSecret"  # noqa: S105
