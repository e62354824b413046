// Begins the pages that use passkeys, or says why they cannot work here. A plain script, since a page
// opened from a file may load no module.
"use strict";
(() => {
  const modules = { sign: "./sign.js", enrol: "./enrol.js" };
  const says = document.getElementById("says");
  const asked = document.querySelector("[data-page]");
  if (!says || !asked || !Object.hasOwn(modules, asked.dataset.page)) return;

  const link = (text, to, more = {}) => Object.assign(document.createElement("a"), { textContent: text, href: to, ...more });
  const command = Object.assign(document.createElement("code"), { textContent: "trl4ml sign" });
  const stop = (...parts) => {
    says.setAttribute("role", "alert");
    says.className = "notice";
    says.replaceChildren(...parts, " In a terminal, in the project's folder, the same is done with ", command, ".");
  };

  const address = new URL(location.href);
  if (window.top !== window.self) {
    stop("This page does not run inside another page, which could show you something else than you sign. ",
      link("Open it by itself", address.href, { target: "_blank", rel: "noopener" }), ".");
  } else if (address.protocol === "file:") {
    stop("This page was opened from a file, where browsers allow no passkeys. Open it where it is published "
      + "(its address begins with https), or show it with: trl4ml site serve.");
  } else if (/^\[|^[\d.]+$/.test(address.hostname)) {
    address.hostname = "localhost";
    stop(`Passkeys belong to a name, and ${location.hostname} is a number. `,
      link("Open this page as localhost", address.href), " if it is served by this computer.");
  } else if (!window.isSecureContext) {
    stop("Browsers allow passkeys on https only, and this page came without. Open its https address.");
  } else if (!window.PublicKeyCredential || !window.crypto?.subtle) {
    stop("This browser has no passkeys. Use a current Chrome, Edge, Firefox or Safari.");
  } else {
    import(modules[asked.dataset.page])
      .then(({ begin }) => begin())
      .catch((why) => stop(`${why?.message ?? why}`));
  }
})();
