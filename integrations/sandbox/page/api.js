// Talking to the page's own server: one word a question. A refusal comes back as an Error whose message can be shown.

export async function ask(path, { method = "GET", body, signal } = {}) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      signal,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (trouble) {
    if (trouble.name === "AbortError") throw trouble;
    throw new Error("The sandbox does not answer. Was it stopped?");
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.error ?? `The sandbox answered ${answer.status}.`);
  return said;
}

export const post = (path, body = {}) => ask(path, { method: "POST", body });
export const remove = (path, body = {}) => ask(path, { method: "DELETE", body });

/** Looks again whenever `revision` grows; waits longer after each trouble, and says so through `trouble`. */
export async function follow(path, signal, changed, trouble) {
  let since = -1;
  let wait = 500;
  while (!signal.aborted) {
    try {
      const said = await ask(path(since), { signal });
      const revision = said.revision ?? said.rev;
      if (revision !== since) changed(said);
      since = revision;
      wait = 500;
      trouble(null);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      trouble(problem);
      await new Promise((ready) => setTimeout(ready, wait));
      wait = Math.min(wait * 2, 5000);
      since = -1;
    }
  }
}
