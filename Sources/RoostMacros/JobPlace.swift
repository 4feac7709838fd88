import SwiftDiagnostics
import SwiftParser
import SwiftSyntax
import SwiftSyntaxMacros

/// Where a declaration stands: what it is called from elsewhere, and what stands in the way of its being a job.
struct JobPlace {
    /// The names of the types around it, outermost first, without the module.
    private(set) var path: [String] = []
    /// The innermost type around it, as generated code refers to it; nil at the top of a file.
    private(set) var type: String?
    /// The module it is compiled into; nil if the compiler does not tell.
    let module: String?
    /// The access its extension gives it: `public extension Mailer { … }`.
    private(set) var extensionAccess: String?
    /// Where it was written, as literals.
    private(set) var file: ExprSyntax?
    private(set) var line: ExprSyntax?

    private var isLocal = false
    private var isInProtocol = false
    private var obstacle: JobDiagnostic?

    init(of function: FunctionDeclSyntax, in context: some MacroExpansionContext) {
        self.init(of: function, named: function.name, in: context)
    }

    init(of structure: StructDeclSyntax, in context: some MacroExpansionContext) {
        self.init(of: structure, named: structure.name, in: context)
    }

    private init(of declaration: some SyntaxProtocol, named name: TokenSyntax, in context: some MacroExpansionContext) {
        let location =
            context.location(of: name, at: .afterLeadingTrivia, filePathMode: .fileID)
            ?? context.location(of: declaration, at: .afterLeadingTrivia, filePathMode: .fileID)
        file = location?.file
        line = location?.line
        let fileID = location?.file.as(StringLiteralExprSyntax.self)?.representedLiteralValue
        module = fileID?.split(separator: "/").first.map { String($0) }
        for syntax in context.lexicalContext.reversed() {
            enter(syntax)
        }
        extensionAccess = context.lexicalContext.first?.as(ExtensionDeclSyntax.self)?.modifiers.access
    }

    private mutating func enter(_ syntax: Syntax) {
        switch syntax.as(SyntaxEnum.self) {
        case .structDecl(let type):
            enter(type.name, isGeneric: type.genericParameterClause != nil)
        case .enumDecl(let type):
            enter(type.name, isGeneric: type.genericParameterClause != nil)
        case .classDecl(let type):
            enter(type.name, isGeneric: type.genericParameterClause != nil)
        case .actorDecl(let type):
            enter(type.name, isGeneric: type.genericParameterClause != nil)
        case .extensionDecl(let type):
            enter(type)
        case .protocolDecl:
            isInProtocol = true
        case .functionDecl, .initializerDecl, .deinitializerDecl, .subscriptDecl, .accessorDecl, .closureExpr,
            .variableDecl, .patternBinding:
            isLocal = true
        default:
            break
        }
    }

    private mutating func enter(_ name: TokenSyntax, isGeneric: Bool) {
        path.append(name.plainText)
        // A type at the top of this file is in this module; a member type of `$name` could otherwise hide it.
        type = type.map { "\($0).\(name.text)" } ?? name.qualified(by: module)
        if isGeneric { obstacle = obstacle ?? .genericType(name.plainText) }
    }

    private mutating func enter(_ syntax: ExtensionDeclSyntax) {
        let name = syntax.extendedType.trimmedDescription
        var names = name.replacing(/^.*::/, with: "").split(separator: ".").map { String($0).withoutBackticks }
        // `extension App.Mailer` inside App: the module is not part of the kind.
        if names.count > 1, names.first == module { names.removeFirst() }
        path = names
        type = name
        let hasArguments = syntax.extendedType.tokens(viewMode: .sourceAccurate).contains { $0.tokenKind == .leftAngle }
        if hasArguments || syntax.genericWhereClause != nil {
            obstacle = obstacle ?? .constrainedExtension(name)
        }
    }

    /// Whether what stands here can be reached by a worker.
    func allows(_ node: some SyntaxProtocol, problems: inout Problems) -> Bool {
        if isLocal {
            problems.report(.local, at: node)
        } else if isInProtocol {
            problems.report(.protocolMember, at: node)
        } else if let obstacle {
            problems.report(obstacle, at: node)
        } else {
            return true
        }
        return false
    }

    /// Whether `function` can be called by a worker from here.
    func allows(_ function: FunctionDeclSyntax, problems: inout Problems) -> Bool {
        guard allows(function.name, problems: &problems) else { return false }
        guard case .identifier = function.name.tokenKind else {
            problems.report(.operatorFunction, at: function.name)
            return false
        }
        let isStatic = function.modifiers.contains { ["static", "class"].contains($0.name.text) }
        guard type == nil || isStatic else {
            problems.report(
                .instanceMethod(function.name.plainText),
                at: function.name,
                fixIts: [.makingStatic(function)]
            )
            return false
        }
        return true
    }

    /// The name under which `name`, which stands here, is called from inside a type made beside it.
    func reference(to name: TokenSyntax) -> String {
        type.map { "\($0).\(name.text)" } ?? name.qualified(by: module)
    }
}

extension FixIt {
    fileprivate static func makingStatic(_ function: FunctionDeclSyntax) -> FixIt {
        let keyword = function.funcKeyword
        // One token of two words: it goes where style guides want it, and the space before `func` stays as it is.
        let new = TokenSyntax.identifier(
            "static func",
            leadingTrivia: keyword.leadingTrivia,
            trailingTrivia: keyword.trailingTrivia
        )
        return .replacing(keyword, by: new, "make '\(function.name.plainText)' static")
    }
}
