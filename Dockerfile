# syntax=docker/dockerfile:1
# One static binary in an empty image, and a second target, `functions`, for handler files, which
# need node and python3: `docker build --target functions .`
#
# The compiler always runs on the builder's own processor; for the other one it cross-compiles.
FROM --platform=$BUILDPLATFORM rust:1.95-bookworm AS build
ARG TARGETARCH

# Cargo is told in its own settings, so that the commands below are the same for both. With a target
# the flags reach the binary alone: procedural macros are libraries and cannot be static.
# hadolint ignore=DL3008
RUN <<EOT
set -eu
case "$TARGETARCH" in
  amd64) processor=x86_64 package=gcc-x86-64-linux-gnu ;;
  arm64) processor=aarch64 package=gcc-aarch64-linux-gnu ;;
  *)
    echo "There is no image for $TARGETARCH." >&2
    exit 1
    ;;
esac
target="$processor-unknown-linux-gnu"
compiler="$processor-linux-gnu-gcc"
if ! command -v "$compiler" >/dev/null; then
  apt-get update
  apt-get install --yes --no-install-recommends "$package" "libc6-dev-$TARGETARCH-cross"
  rm -rf /var/lib/apt/lists/*
fi
rustup target add "$target"
cat > "$CARGO_HOME/config.toml" <<SETTINGS
[build]
target = "$target"
[target.$target]
linker = "$compiler"
rustflags = [
  "-C", "target-feature=+crt-static",
  "-C", "link-arg=-Wl,-z,pack-relative-relocs",
]
SETTINGS
EOT

# What it is built from, in a layer of its own: a change of the sources below does not compile it
# again. The files in place of ours are there because cargo looks for them.
WORKDIR /source
COPY .cargo .cargo
COPY Cargo.toml Cargo.lock ./
COPY tests/codegen/Cargo.toml tests/codegen/
RUN mkdir -p src benches tests/codegen/src \
 && touch src/lib.rs benches/server.rs tests/codegen/src/lib.rs \
 && echo 'fn main() {}' > src/main.rs \
 && cargo build --profile dist --locked --package mocknito

# Cargo goes by the time of a change, and ours may be older than those files.
COPY migrations migrations
COPY fixtures fixtures
COPY src src
RUN touch src/lib.rs src/main.rs \
 && cargo build --profile dist --locked --package mocknito \
 && cp target/*-unknown-linux-gnu/dist/mocknito /mocknito \
 && mkdir /data

# Handler files and what they import are mounted, or copied into an image that begins with this one.
FROM node:24-trixie-slim AS functions
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates python3 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /mocknito /mocknito
COPY LICENSE-MIT LICENSE-APACHE NOTICE /
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
ENV MOCKNITO_HOST=0.0.0.0 \
    MOCKNITO_DATA=/data \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1
EXPOSE 9339
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=2s --timeout=2s --retries=15 CMD ["/mocknito", "healthcheck"]
ENTRYPOINT ["/mocknito"]
LABEL org.opencontainers.image.title="Mocknito, with node and python3 for handler files" \
      org.opencontainers.image.description="Amazon Cognito on your own machine" \
      org.opencontainers.image.source="https://github.com/mocknito/mocknito" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"

# The last one is what is built when no target is named.
FROM scratch AS mocknito
# Whom identity providers' certificates are held against. More: mount them and name the file in
# SSL_CERT_FILE.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /mocknito /mocknito
COPY LICENSE-MIT LICENSE-APACHE NOTICE /
# Owned by the user below, and so is a new volume that is mounted over it. No VOLUME: a container
# without one is meant to be forgotten.
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
ENV MOCKNITO_HOST=0.0.0.0 \
    MOCKNITO_DATA=/data
EXPOSE 9339
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=2s --timeout=2s --retries=15 CMD ["/mocknito", "healthcheck"]
ENTRYPOINT ["/mocknito"]
LABEL org.opencontainers.image.title="Mocknito" \
      org.opencontainers.image.description="Amazon Cognito on your own machine" \
      org.opencontainers.image.source="https://github.com/mocknito/mocknito" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
