// What a passkey needs of a browser: asks for it when the button is pressed and sends the answer with the form.
"use strict";

(() => {
  const form = document.querySelector("form[data-passkey]");
  if (!form) return;
  const button = form.querySelector("button[type=submit]");
  const failed = document.getElementById("passkey-failed");

  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (character) => character.charCodeAt(0));
  };
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");
  const withIds = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  // The options as the API wants them: what is base64url becomes bytes.
  const decoded = (options) => {
    const copy = { ...options, challenge: bytes(options.challenge) };
    if (options.allowCredentials) copy.allowCredentials = withIds(options.allowCredentials);
    if (options.excludeCredentials) copy.excludeCredentials = withIds(options.excludeCredentials);
    if (options.user) copy.user = { ...options.user, id: bytes(options.user.id) };
    return copy;
  };

  // The credential as JSON, by hand: not every browser has toJSON.
  const encoded = (credential) => {
    const { response } = credential;
    const parts = {};
    for (const name of ["clientDataJSON", "authenticatorData", "signature", "userHandle", "attestationObject"]) {
      if (response[name]) parts[name] = text(response[name]);
    }
    if (response.getTransports) parts.transports = response.getTransports();
    if (response.getAuthenticatorData) parts.authenticatorData = text(response.getAuthenticatorData());
    if (response.getPublicKeyAlgorithm) parts.publicKeyAlgorithm = response.getPublicKeyAlgorithm();
    if (response.getPublicKey && response.getPublicKey()) parts.publicKey = text(response.getPublicKey());
    return {
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment || undefined,
      clientExtensionResults: credential.getClientExtensionResults(),
      response: parts,
    };
  };

  const ask = async () => {
    const publicKey = decoded(JSON.parse(form.dataset.options));
    return form.dataset.passkey === "create"
      ? navigator.credentials.create({ publicKey })
      : navigator.credentials.get({ publicKey });
  };

  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    failed.hidden = true;
    button.disabled = true;
    try {
      form.elements.credential.value = JSON.stringify(encoded(await ask()));
      button.disabled = false;
      form.requestSubmit(button);
    } catch (error) {
      console.warn("passkey:", error);
      failed.hidden = false;
      button.disabled = false;
    }
  });
})();
