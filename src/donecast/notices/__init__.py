"""The outbox of mail and messages. Nothing is built here yet."""
