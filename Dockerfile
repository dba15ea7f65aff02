# The bot and nothing else: a static binary and the roots it trusts.
#
#   make build && docker build -t hookproof-bot .
#
# Nothing is downloaded: the image is made from what lies in bin/. Where the bot
# is not built on Linux: GOOS=linux make build.
FROM scratch
COPY bin/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY bin/bot /bot
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/bot"]
