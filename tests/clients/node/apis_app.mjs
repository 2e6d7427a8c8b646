// An app of unmodified Express behind a gateway, as a team would write it for AWS: it believes
// what the gateway says of the caller, and checks what a load balancer signs. PORT is its own,
// ORIGIN the server's by https, ISSUER that of the pool's tokens.

import { AlbJwtVerifier } from "aws-jwt-verify";
import express from "express";

const { PORT, ORIGIN, ISSUER } = process.env;

const verifier = AlbJwtVerifier.create({
  albArn: "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shop/1a2b",
  issuer: ISSUER,
  clientId: "albclient00000000000000001",
  jwksUri: `${ORIGIN}/_mocknito/alb/keys`,
});

const app = express();
app.use(express.json({ limit: "10mb" }));
// As on AWS, CORS is the app's own matter behind a REST API.
app.use((request, response, next) => {
  response.set("access-control-allow-origin", "*");
  response.set("access-control-allow-headers", "*, authorization");
  response.set("access-control-allow-methods", "GET, POST");
  if (request.method === "OPTIONS") response.status(204).end();
  else next();
});

const paths = (rest) => ["app", "iam"].map((part) => `/${part}/${rest}`);

app.all(paths("me"), (request, response) => {
  const claims = request.get("x-mocknito-claims");
  response.status(request.method === "POST" ? 201 : 200).json({
    sub: request.get("x-mocknito-sub"),
    username: request.get("x-mocknito-username"),
    groups: request.get("x-mocknito-groups")?.split(","),
    claims: claims && JSON.parse(Buffer.from(claims, "base64url")),
    query: request.query,
    body: request.body,
  });
});

app.get("/app/signed-in", async (request, response) => {
  try {
    const claims = await verifier.verify(request.get("x-amzn-oidc-data") ?? "");
    response.json({
      claims,
      identity: request.get("x-amzn-oidc-identity"),
      accessToken: request.get("x-amzn-oidc-accesstoken"),
    });
  } catch (error) {
    response.status(401).json({ error: `${error.name}: ${error.message}` });
  }
});

app.listen(Number(PORT), "127.0.0.1", () => console.log("listening"));
