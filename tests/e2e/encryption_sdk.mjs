// The JavaScript Encryption SDK at work for the tests: tasks come as JSON on standard input, answers leave on
// standard output. It talks to the lab's KMS over HTTP, through AWS's own client for JavaScript.
import { buildClient, CommitmentPolicy, getClient, KMS, KmsKeyringNode } from "@aws-crypto/client-node";

const { endpoint, keyIds, tasks } = JSON.parse(await new Response(process.stdin).text());
const credentials = { accessKeyId: "AKIALABKITEXAMPLE000", secretAccessKey: "labkit" };
const clientProvider = getClient(KMS, { endpoint, credentials });
const [generatorKeyId, ...others] = keyIds;
const keyring = new KmsKeyringNode({ clientProvider, generatorKeyId, keyIds: others });

async function answer({ verb, policy, data, suite, frameLength, context }) {
  const client = buildClient(CommitmentPolicy[policy]);
  const content = Buffer.from(data, "base64");
  if (verb === "encrypt") {
    const { result } = await client.encrypt(keyring, content, { suiteId: suite, frameLength, encryptionContext: context });
    return { data: result.toString("base64") };
  }
  const { plaintext, messageHeader } = await client.decrypt(keyring, content);
  return { data: plaintext.toString("base64"), suite: messageHeader.suiteId, context: messageHeader.encryptionContext };
}

const answers = [];
for (const task of tasks) {
  try {
    answers.push(await answer(task));
  } catch (error) {
    answers.push({ error: String(error) });
  }
}
console.log(JSON.stringify(answers));
