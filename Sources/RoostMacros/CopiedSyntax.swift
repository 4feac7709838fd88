import SwiftSyntax

/// Makes the user's own types and expressions mean inside the generated struct what they mean where they were written.
struct CopiedSyntax {
    /// The type around the function, for `Self`.
    let enclosingType: String?
    let module: String?
    /// Names that would find a member of the generated struct instead.
    let hidden: Set<String>

    init(job: FunctionJob) {
        enclosingType = job.place.type
        module = job.place.module
        let members = [
            "kind", "aliases", "options", "scopes", "sourceLocation", "request", "queue", "priority", "timeout",
            "retries", "backoff", "unique", "header", "retention", "maxCrashes", "scheduled", "delayed", "expires",
        ]
        hidden = Set(members + job.stored.map { $0.property(escaped: false) })
    }

    func text(_ type: TypeSyntax) -> String {
        rewrite(type)
    }

    func text(_ expression: ExprSyntax) -> String {
        rewrite(expression)
    }

    private func rewrite(_ node: some SyntaxProtocol) -> String {
        Rewriter(copied: self).rewrite(Syntax(node)).trimmedDescription
    }

    private final class Rewriter: SyntaxRewriter {
        let copied: CopiedSyntax

        init(copied: CopiedSyntax) {
            self.copied = copied
            super.init()
        }

        override func visit(_ token: TokenSyntax) -> TokenSyntax {
            guard token.tokenKind == .keyword(.Self), let type = copied.enclosingType else { return token }
            return token.with(\.tokenKind, .identifier(type))
        }

        override func visit(_ node: DeclReferenceExprSyntax) -> ExprSyntax {
            guard copied.hidden.contains(node.baseName.plainText) else { return super.visit(node) }
            let isMember = node.parent?.as(MemberAccessExprSyntax.self)?.declName.id == node.id
            guard !isMember, !node.trimmedDescription.contains("::") else { return super.visit(node) }
            // A static member of the type around the function; if it is a global after all, the compiler says so.
            let name =
                copied.enclosingType.map { "\($0).\(node.baseName.text)" } ?? node.baseName.qualified(by: copied.module)
            return ExprSyntax(node.with(\.baseName, node.baseName.with(\.tokenKind, .identifier(name))))
        }
    }
}
