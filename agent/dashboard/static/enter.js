// An invitation becomes a session. What comes after the # is sent to nobody else.

const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

function turnedAway(reason) {
  document.getElementById("said").textContent = reason;
  document.getElementById("how").hidden = false;
}

async function enter() {
  const reply = await fetch("/api/session", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token }),
  });
  if (!reply.ok) {
    return turnedAway("That invitation was used already, or is too old. Ask for another one.");
  }
  localStorage.setItem("key", (await reply.json()).key);
  location.replace("/");
}

if (token) {
  enter().catch(() => turnedAway("Tonny does not answer."));
} else {
  turnedAway("You need an invitation to see this page.");
}
