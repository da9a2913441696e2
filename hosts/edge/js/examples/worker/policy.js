// A copy of the roles in `countersign.toml`.

export default `
[registration]
roles = ["reader"]

[setup]
role = "admin"

[roles.admin]
allow = ["*:*"]

[roles.reader]
allow = ["articles:read"]
`;
