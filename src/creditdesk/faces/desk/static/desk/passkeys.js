// Passkeys: asks the browser to make one or to show one, and sends what it says as a form.
// The form carries data-passkey="create" or "get"; its options stand in #passkey-options, or are
// fetched from data-from. Everything said to people stands in the form as templates.
(() => {
  "use strict";

  const toBytes = (text) => {
    const base = text.replace(/-/g, "+").replace(/_/g, "/");
    return Uint8Array.from(atob(base), (sign) => sign.charCodeAt(0));
  };
  const toText = (buffer) => {
    const signs = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte));
    return btoa(signs.join("")).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };
  const listed = (all) => (all || []).map((one) => ({ ...one, id: toBytes(one.id) }));

  const forCreating = (given, alone) => ({
    ...given,
    challenge: toBytes(given.challenge),
    user: { ...given.user, id: toBytes(given.user.id) },
    excludeCredentials: listed(given.excludeCredentials),
    authenticatorSelection: {
      ...given.authenticatorSelection,
      residentKey: alone ? "required" : "discouraged",
      requireResidentKey: alone,
      userVerification: alone ? "required" : "preferred",
    },
  });
  const forGetting = (given) => ({
    ...given,
    challenge: toBytes(given.challenge),
    allowCredentials: listed(given.allowCredentials),
  });

  const written = (made) => {
    const response = { clientDataJSON: toText(made.response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (made.response[name]) response[name] = toText(made.response[name]);
    }
    if (made.response.getTransports) response.transports = made.response.getTransports();
    return {
      id: made.id,
      rawId: toText(made.rawId),
      type: made.type,
      authenticatorAttachment: made.authenticatorAttachment,
      clientExtensionResults: made.getClientExtensionResults(),
      response,
    };
  };

  const optionsOf = async (form) => {
    const here = form.querySelector("#passkey-options");
    if (here) return JSON.parse(here.textContent);
    const answer = await fetch(form.dataset.from, {
      headers: { "X-Requested-With": "XMLHttpRequest" },
      credentials: "same-origin",
    });
    if (!answer.ok) throw new TypeError("no options");
    return answer.json();
  };

  const ceremony = async (form) => {
    const options = await optionsOf(form);
    if (form.dataset.passkey === "create") {
      const alone = form.elements.passwordless.checked;
      return navigator.credentials.create({
        publicKey: forCreating(options.creation_options.publicKey, alone),
      });
    }
    return navigator.credentials.get({
      publicKey: forGetting(options.request_options.publicKey),
    });
  };

  const reasonOf = (error) => {
    if (error.name === "InvalidStateError") return "known";
    if (error.name === "SecurityError") return "nowhere";
    return error instanceof TypeError ? "silent" : "refused";
  };

  const say = (form, name) => {
    const banner = form.querySelector("[data-said]");
    banner.querySelector("p").textContent =
      form.querySelector(`[data-words="${name}"]`).content.textContent;
    banner.hidden = false;
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = form.querySelector('button[type="button"]');
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      if (!form.elements.credential.value) event.preventDefault();
    });
    button.addEventListener("click", async () => {
      if (!window.PublicKeyCredential) return say(form, "nowhere");
      button.disabled = true;
      form.querySelector("[data-said]").hidden = true;
      try {
        form.elements.credential.value = JSON.stringify(written(await ceremony(form)));
        form.submit();
      } catch (error) {
        say(form, reasonOf(error));
        button.disabled = false;
        button.focus();
      }
    });
  }
})();
