# The image of every role: what runs is the source itself, on the Node that strips its types.
FROM node:24-bookworm-slim
WORKDIR /daybook
COPY package.json package-lock.json .npmrc ./
# Volumes are made after these folders, so they belong to the user that the roles run as.
RUN npm ci --omit=dev && mkdir /keys /record /cache && chown node:node /keys /record /cache
COPY scenarios scenarios
COPY streams streams
COPY scripts scripts
COPY src src
USER node
ENTRYPOINT ["node", "src/cli/main.ts"]
CMD ["--help"]
