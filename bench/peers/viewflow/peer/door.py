"""Who asks: one statement for a token, as in the product."""

from hashlib import sha256

from django.http import HttpResponse

from peer.models import Token


def by_token(get_response):
    """Middleware: the token's person, or 401."""

    def ask(request):
        sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
        digest = sha256(sent.encode()).hexdigest()
        token = Token.objects.select_related("user").filter(digest=digest).first()
        if token is None:
            return HttpResponse(status=401)
        request.user = token.user
        return get_response(request)

    return ask
