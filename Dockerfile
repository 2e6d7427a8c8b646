# One static binary in an empty image. The same steps serve amd64 and arm64: the target is whatever
# the builder runs on.
FROM rust:1.95-bookworm AS build
WORKDIR /source
COPY . .
# With --target the flags reach the binary alone: procedural macros are libraries and cannot be
# static.
RUN target="$(rustc -vV | sed -n 's/^host: //p')" \
 && RUSTFLAGS="-C target-feature=+crt-static" \
    cargo build --profile dist --locked --package mocknito --target "$target" \
 && cp "target/$target/dist/mocknito" /mocknito \
 && mkdir /data

FROM scratch
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
