# The image of every role: what runs is the source itself, on the Node that strips its types.
FROM node:24-bookworm-slim
WORKDIR /daybook
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && mkdir /keys && chown node:node /keys
COPY scenarios scenarios
COPY streams streams
COPY scripts scripts
COPY src src
USER node
ENTRYPOINT ["node", "src/cli/main.ts"]
CMD ["--help"]
